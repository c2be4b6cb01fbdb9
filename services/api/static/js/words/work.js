// Work in the field: Vietnamese, Thai, English.

export default {
  no_outreach: ["Chưa có hoạt động truyền thông nào", "ยังไม่มีกิจกรรมเชิงรุก", "There is no outreach yet"],
  o_activities: ["Từng hoạt động", "รายกิจกรรม", "Activities"],
  o_what: ["Hoạt động", "กิจกรรม", "Activity"],
  o_sessions: ["Buổi", "ครั้ง", "Sessions"],
  o_attendees: ["Lượt dự", "ผู้เข้าร่วม", "Attendances"],
  o_enrolments: ["Người đăng ký", "ผู้สมัคร", "Enrolments"],
  o_per_session: ["Mỗi buổi", "ต่อครั้ง", "Per session"],
  o_per_100: ["Trên 100 lượt dự", "ต่อผู้เข้าร่วม 100 คน", "Per 100 attendances"],
  o_cost: ["Kinh phí", "ค่าใช้จ่าย", "Cost"],
  kind_dialogue: ["Đối thoại", "เวทีสนทนา", "Dialogue"],
  kind_conference: ["Hội nghị", "ประชุม", "Conference"],
  kind_radio: ["Phát thanh", "วิทยุ", "Radio"],
  kind_session: ["Buổi truyền thông", "กิจกรรม", "Session"],
  channel_counter: ["Quầy", "เคาน์เตอร์", "Counter"],
  channel_post_office: ["Bưu điện", "ไปรษณีย์", "Post office"],
  channel_outreach: ["Truyền thông", "กิจกรรมเชิงรุก", "Outreach"],
  channel_agent: ["Đại lý", "ตัวแทน", "Agent"],
  channel_employer: ["Người sử dụng lao động", "นายจ้าง", "Employer"],
  channel_online: ["Trực tuyến", "ออนไลน์", "Online"],
};
